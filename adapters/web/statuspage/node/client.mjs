// A program made for Atlassian's Statuspage: it makes each call that reads, and prints what it got, a JSON object a line.
import statuspage from 'statuspage.io';

const client = new statuspage.Statuspage('any');
client.setApiUrl(process.env.PAGE);
const { api } = client;
for (const [call, answer] of [
  ['summary', api.getSummary()],
  ['status', api.getStatus()],
  ['components', api.getComponents()],
  ['incidents', api.incidents.getAll()],
  ['unresolved', api.incidents.getUnresolved()],
  ['upcoming', api.scheduledMaintenances.getUpcoming()],
]) {
  try {
    console.log(JSON.stringify({ call, got: await answer }));
  } catch (e) {
    console.log(JSON.stringify({ call, error: e.message }));
  }
}
