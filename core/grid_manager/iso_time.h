// iso_time: points in time as Python's datetime.isoformat() writes them. Pure, any thread.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::grid_manager {

/// "2026-12-01T18:31:16.592042+00:00": UTC, whole microseconds; none, no fraction.
/// \param separator  between date and time.
std::string isoTime(WallTime time, char separator = 'T');

/// "YYYY-MM-DDTHH:MM[:SS[.f...]]" with 'T' or ' ', then 'Z' or "+HH:MM[:SS]" or "-HH:MM[:SS]".
/// Of the fraction microseconds count. Times before 1678 and after 2261 become those limits.
/// \return InvalidInput: anything else, also a time without an offset.
Result<WallTime> parseIsoTime(std::string_view text);

} // namespace tarn::grid_manager
