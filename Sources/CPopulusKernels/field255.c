#include "include/field255.h"

#include "walk_field.h"

static f255 in(populus_field255 a) {
    f255 x;
    memcpy(x.v, a.limbs, sizeof x.v);
    return x;
}

static populus_field255 out(f255 x) {
    populus_field255 a;
    memcpy(a.limbs, x.v, sizeof x.v);
    return a;
}

populus_field255 populus_field255_add(populus_field255 a, populus_field255 b) { return out(f255_add(in(a), in(b))); }

populus_field255 populus_field255_subtract(populus_field255 a, populus_field255 b) {
    return out(f255_sub(in(a), in(b)));
}

populus_field255 populus_field255_multiply(populus_field255 a, populus_field255 b) {
    return out(f255_mul(in(a), in(b)));
}

bool populus_field255_is_element(populus_field255 a) {
    uint64_t top = a.limbs[3] >> 63;
    a.limbs[3] &= P255_3;
    return (top | f255_is_large(in(a))) == 0;
}
