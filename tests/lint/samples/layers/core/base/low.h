#include "core/codec/middle.h" // EXPECT
#include "core/nowhere/odd.h" // EXPECT
#include <vector>
