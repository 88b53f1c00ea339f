// VDAF
