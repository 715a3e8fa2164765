#include "core/net/missing.h" // EXPECT
#include "tests/support/fake.h" // EXPECT
