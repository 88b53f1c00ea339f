/* Task files and keys that are none: whatever they are, they are refused or taken, and nothing else happens. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 1;

/* A linear congruential generator: the same numbers each time. */
static uint32_t draw(uint32_t bound) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % bound;
}

static populus_client_status try_task(const uint8_t *bytes, size_t length) {
    populus_client *client = NULL;
    populus_client_error error;
    populus_client_status status = populus_client_open(bytes, length, &client, &error);
    CHECK(status == POPULUS_CLIENT_OK || (status == POPULUS_CLIENT_BAD_TASK && client == NULL && error.text[0] != 0));
    populus_client_close(client);
    return status;
}

/* What a person could get wrong, and what no parser may swallow. */
static void known(void) {
    static const char *const texts[] = {
        "", "{", "}", "[]", "null", "{}", "{\"format\":1}", "{\"format\":\"populus-task/2\"}", "\xff", "{} {}", "{,}",
        "{\"a\":\"\\ud800\"}", "{\"a\":1,\"a\":2}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":tru}", "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"format\":\"populus-task/1\",\"role\":\"leader\"}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(try_task((const uint8_t *)texts[i], strlen(texts[i])) == POPULUS_CLIENT_BAD_TASK);
    }
}

static void mangle(uint8_t *bytes, size_t *length) {
    for (uint32_t edits = 1 + draw(3); edits > 0 && *length > 1; edits--) {
        size_t place = draw((uint32_t)*length);
        switch (draw(4)) {
        case 0: bytes[place] = (uint8_t)draw(256); break;
        case 1: bytes[place] ^= (uint8_t)(1u << draw(8)); break;
        case 2: *length = place; break;
        default:
            memmove(bytes + place, bytes + place + 1, *length - place - 1);
            *length -= 1;
        }
    }
}

int check_mangled(char **words) {
    struct text task = read_file(words[0]), keys = read_file(words[1]);
    uint8_t *room = malloc(task.length + keys.length + 1);
    CHECK(room != NULL && try_task(task.bytes, task.length) == POPULUS_CLIENT_OK);
    known();
    int taken = 0;
    for (int i = 0; i < 3000; i++) {
        size_t length = task.length;
        memcpy(room, task.bytes, length);
        mangle(room, &length);
        taken += try_task(room, length) == POPULUS_CLIENT_OK;
    }
    /* Most of it is text that says something. */
    CHECK(taken < 1500);
    populus_client *client = open_client(words[0]);
    for (int i = 0; i < 3000; i++) {
        size_t length = keys.length;
        memcpy(room, keys.bytes, length);
        mangle(room, &length);
        populus_client_status status = populus_client_set_keys(client, POPULUS_CLIENT_LEADER, room, length, 60, NULL);
        CHECK(status == POPULUS_CLIENT_OK || status == POPULUS_CLIENT_BAD_KEYS);
    }
    populus_client_close(client);
    free(room);
    free(task.bytes);
    free(keys.bytes);
    return 0;
}
