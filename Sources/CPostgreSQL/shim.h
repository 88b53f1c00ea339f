// libpq, PostgreSQL's library for clients, as StorePostgreSQL sees it; nothing else imports it.
#include <libpq-fe.h>
