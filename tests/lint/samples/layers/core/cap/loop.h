#include "core/cap/high.h" // EXPECT
