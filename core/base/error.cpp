#include "core/base/error.h"

#include <system_error>

#include <cerrno>
#include <utility>

namespace tarn {

std::string_view nameOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Cancelled:
        return "Cancelled";
    case ErrorCode::Timeout:
        return "Timeout";
    case ErrorCode::PeerUnreachable:
        return "PeerUnreachable";
    case ErrorCode::PeerMisbehaved:
        return "PeerMisbehaved";
    case ErrorCode::Corrupt:
        return "Corrupt";
    case ErrorCode::NotFound:
        return "NotFound";
    case ErrorCode::NotEnoughShares:
        return "NotEnoughShares";
    case ErrorCode::NoShares:
        return "NoShares";
    case ErrorCode::Unhappy:
        return "Unhappy";
    case ErrorCode::InvalidInput:
        return "InvalidInput";
    case ErrorCode::Unauthorized:
        return "Unauthorized";
    case ErrorCode::NoSpace:
        return "NoSpace";
    case ErrorCode::Conflict:
        return "Conflict";
    case ErrorCode::Exists:
        return "Exists";
    case ErrorCode::NotWriteable:
        return "NotWriteable";
    case ErrorCode::TooLarge:
        return "TooLarge";
    case ErrorCode::Unsupported:
        return "Unsupported";
    case ErrorCode::IoFailure:
        return "IoFailure";
    case ErrorCode::Internal:
        return "Internal";
    }
    return "Unknown";
}

Error::Error(ErrorCode code, std::string message) : m_code(code), m_message(std::move(message)) {}

// Here, not in every file that returns a Result.
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error Error::within(std::string_view context) &&
{
    m_message.insert(0, ": ");
    m_message.insert(0, context);
    return std::move(*this);
}

Error Error::within(std::string_view context) const&
{
    return Error(*this).within(context);
}

std::string Error::text() const
{
    return std::string(nameOf(m_code)) + ": " + m_message;
}

Error errnoError(int errnoValue, std::string_view what)
{
    ErrorCode code = ErrorCode::IoFailure;
    if (errnoValue == ENOSPC || errnoValue == EDQUOT) code = ErrorCode::NoSpace;
    if (errnoValue == ENOENT) code = ErrorCode::NotFound;
    return Error(code, std::string(what) + ": " + std::generic_category().message(errnoValue));
}

} // namespace tarn

template class std::basic_string<char>;
