// signal: core/base/signal.h under the gateway's roof.
#pragma once

#include "core/base/signal.h"
