#pragma once
#include <stddef.h>

void OPENSSL_cleanse(void *bytes, size_t count);
