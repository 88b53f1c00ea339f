// DAP
