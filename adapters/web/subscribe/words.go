package subscribe

import (
	"net/http"

	"github.com/diaspote/vigie/adapters/web/visitor"
)

// Words are what the pages say in one language.
type words struct {
	Lang, Other, OtherName, Skip, Back string

	Subscribe, ByMail, ByMailText, YourAddress, Parts, NoAddress, NoPart string
	ByFeed, ByFeedText, Calendar, ByProgram, ByProgramText               string

	Sent, SentText, Crowded, CrowdedText, Failed, FailedText, Stale, StaleText string

	Confirm, ConfirmText, Yes, Confirmed, ConfirmedText              string
	Unsubscribe, UnsubscribeText, No, Unsubscribed, UnsubscribedText string
}

func english() *words {
	return &words{
		Lang: "en", Other: "fr", OtherName: "Français", Skip: "Skip to the content", Back: "Back to the status page",
		Subscribe: "Subscribe", ByMail: "By mail", ByMailText: "You get a mail when an incident begins, of what is written about it and when it is over, and of planned maintenance.",
		YourAddress: "Your address", Parts: "Only about these services (none chosen: about all)", NoAddress: "No mail can be sent to that address.", NoPart: "One of these services is not there any more; please choose again.",
		ByFeed: "By feed", ByFeedText: "For a feed reader, or for your calendar:", Calendar: "Calendar of maintenance",
		ByProgram: "For programs", ByProgramText: "The state is there as JSON, in the form of Statuspage. Webhooks are set up by the people who run this site: ask them.",
		Sent: "Look into your mailbox", SentText: "If mail can be sent to that address, one is under way with a link to confirm it. The link is good for two days. If you asked already today, it is the link of that mail.",
		Crowded: "Not now, please", CrowdedText: "Too many are subscribing at the moment. Try again in an hour, or take a feed.",
		Failed: "That did not work", FailedText: "It could not be written down. Please try again later.",
		Stale: "This link is good for nothing any more", StaleText: "It is too old, or was used, or is not whole. You can subscribe again.",
		Confirm: "Confirm your subscription", ConfirmText: "Mail about the state of this site will go to:", Yes: "Yes, send me mail",
		Confirmed: "You are subscribed", ConfirmedText: "Each mail has a link at its end by which you unsubscribe.",
		Unsubscribe: "Unsubscribe", UnsubscribeText: "No more mail about the state of this site will go to:", No: "Unsubscribe",
		Unsubscribed: "You are not subscribed any more", UnsubscribedText: "Your address is forgotten.",
	}
}

func french() *words {
	return &words{
		Lang: "fr", Other: "en", OtherName: "English", Skip: "Aller au contenu", Back: "Retour à la page d’état",
		Subscribe: "S’abonner", ByMail: "Par courriel", ByMailText: "Vous recevez un courriel quand un incident commence, pour chaque message de suivi et à la fin, ainsi que pour les maintenances prévues.",
		YourAddress: "Votre adresse", Parts: "Seulement pour ces services (sans choix, pour tous)", NoAddress: "Aucun courriel ne peut être envoyé à cette adresse.", NoPart: "Un de ces services n’existe plus\u00a0; veuillez choisir à nouveau.",
		ByFeed: "Par flux", ByFeedText: "Pour un lecteur de flux ou pour votre agenda\u00a0:", Calendar: "Calendrier des maintenances",
		ByProgram: "Pour les programmes", ByProgramText: "L’état est disponible en JSON, au format de Statuspage. Les webhooks sont mis en place par les responsables de ce site\u00a0: demandez-leur.",
		Sent: "Consultez votre boîte de réception", SentText: "Si un courriel peut être envoyé à cette adresse, il est en route, avec un lien pour confirmer. Le lien est valable deux jours. Si vous l’avez déjà demandé aujourd’hui, c’est le lien de ce courriel-là.",
		Crowded: "Pas maintenant, s’il vous plaît", CrowdedText: "Trop de personnes s’abonnent en ce moment. Réessayez dans une heure, ou prenez un flux.",
		Failed: "Cela n’a pas marché", FailedText: "Votre demande n’a pas pu être enregistrée. Veuillez réessayer plus tard.",
		Stale: "Ce lien n’est plus valable", StaleText: "Il est trop vieux, déjà utilisé ou incomplet. Vous pouvez vous abonner à nouveau.",
		Confirm: "Confirmez votre abonnement", ConfirmText: "Les courriels sur l’état de ce site seront envoyés à\u00a0:", Yes: "Oui, je veux les recevoir",
		Confirmed: "Vous êtes abonné", ConfirmedText: "Chaque courriel contient à la fin un lien pour vous désabonner.",
		Unsubscribe: "Se désabonner", UnsubscribeText: "Plus aucun courriel sur l’état de ce site ne sera envoyé à\u00a0:", No: "Se désabonner",
		Unsubscribed: "Vous n’êtes plus abonné", UnsubscribedText: "Votre adresse est oubliée.",
	}
}

// words are those of the language that a visitor chose by ?lang=, else of the one that the browser likes better.
func (d *Desk) words(r *http.Request) *words {
	switch r.URL.Query().Get("lang") {
	case "en":
		return english()
	case "fr":
		return french()
	}
	if visitor.Prefers(r, "en", "fr") == 1 {
		return french()
	}
	return english()
}
