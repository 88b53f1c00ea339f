#ifndef POPULUS_CHECK_H
#define POPULUS_CHECK_H

#include <populus_client.h>

#define CHECK(condition) ((condition) ? (void)0 : failed(__FILE__, __LINE__, #condition))

void failed(const char *file, int line, const char *condition);

/* A file's bytes; freed by who has them. */
struct text {
    uint8_t *bytes;
    size_t length;
};
struct text read_file(const char *path);

/* A client with consent; the program ends where there is none. */
populus_client *open_client(const char *task);
void set_keys(populus_client *client, const char *leader, const char *helper);

int check_calls(char **words);
int check_mangled(char **words);

#endif
