// error: what went wrong and what a caller can do about it.
#pragma once

#include <string>
#include <string_view>

// libstdc++ holds back its own declaration in C++20. error.cpp has the definition.
extern template class std::basic_string<char>;

namespace tarn {

/// What a caller can do about it. Add a value only when some caller reacts differently.
enum class ErrorCode {
    Cancelled,       ///< the caller gave up: not logged, not retried
    Timeout,         ///< retry, same peer or another
    PeerUnreachable, ///< retry on another path or peer
    PeerMisbehaved,  ///< reply breaks the protocol: drop the peer
    Corrupt,         ///< bytes fail a hash or signature: drop the share and report it
    NotFound,        ///< no such share, file or name
    NotEnoughShares, ///< fewer than k usable shares, though some were found
    NoShares,        ///< no share found at all
    Unhappy,         ///< too few distinct servers for an upload
    InvalidInput,    ///< the caller's bytes or arguments are wrong
    Unauthorized,    ///< a secret does not match
    NoSpace,         ///< disk, quota or spool is full
    Conflict,        ///< the bytes or version already there differ; somebody else wrote meanwhile
    Exists,          ///< the name is taken
    NotWriteable,    ///< the capability only reads
    TooLarge,        ///< more bytes than a given limit
    Unsupported,     ///< well-formed, but not something this side can do
    IoFailure,       ///< the local disk or system refused
    Internal,        ///< a defect here
};

std::string_view nameOf(ErrorCode code);

class [[nodiscard]] Error
{
public:
    Error(ErrorCode code, std::string message);
    Error(const Error&);
    Error(Error&&) noexcept;
    Error& operator=(const Error&);
    Error& operator=(Error&&) noexcept;
    ~Error();

    ErrorCode code() const { return m_code; }
    const std::string& message() const { return m_message; }

    /// The same error with "context: " in front of its message.
    Error within(std::string_view context) &&;
    Error within(std::string_view context) const&;

    /// "Timeout: fetch block: 127.0.0.1:41001 gave no answer for 10 s"
    std::string text() const;

private:
    ErrorCode m_code;
    std::string m_message;
};

/// IoFailure (NoSpace for ENOSPC, EDQUOT; NotFound for ENOENT) with "what: strerror".
/// \param errnoValue  as the failed call left it.
Error errnoError(int errnoValue, std::string_view what);

} // namespace tarn
