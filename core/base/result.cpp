#include "core/base/result.h"

namespace tarn {

Error detail::noResult()
{
    return Error(ErrorCode::Internal, "no result");
}

Result<void>::Result(Ok /*tag*/) : m_error(ErrorCode::Internal, std::string()), m_failed(false) {}

} // namespace tarn
