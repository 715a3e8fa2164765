// task_group: core/base/task_group.h under the gateway's roof.
#pragma once

#include "core/base/task_group.h"
