#include "core/cap/loop.h"
