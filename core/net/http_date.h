// http_date: reads the Date header of an answer. Pure, any thread. httpDate() writes it.
// Source: RFC 9110 section 5.6.7, the form that senders must use (IMF-fixdate).
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <string_view>

namespace tarn::net {

/// Takes exactly what httpDate() writes, of the years 1970 to 2199.
/// \return InvalidInput: another form, the obsolete ones included.
Result<WallTime> parseHttpDate(std::string_view text);

} // namespace tarn::net
