#include "client-gateway/service.h" // EXPECT
#include "core/cap/high.h"
