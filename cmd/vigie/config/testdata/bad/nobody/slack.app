xapp-1
