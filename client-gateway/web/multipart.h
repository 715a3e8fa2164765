// multipart: takes multipart/form-data apart while it arrives. Pure, memory bounded.
// Source: RFC 7578 and RFC 2046 section 5.1.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// Head of one part.
struct PartHead
{
    std::string name;                    ///< of the form field
    std::optional<std::string> fileName; ///< as sent; hostile
};

struct MultipartEvent
{
    enum class Kind {
        NeedMore, ///< feed() the next bytes, or the body was cut short
        PartHead, ///< a part begins; `head`
        Data,     ///< a piece of the part's body; `data`, valid until the next call
        PartEnd,  ///< that body is complete
        End,      ///< the closing boundary; what follows it is ignored
    };
    Kind kind = Kind::NeedMore;
    PartHead head;
    ByteView data;
};

/// \return InvalidInput: not multipart/form-data, or a boundary missing or not of 1 to 70
///         characters.
Result<std::string> multipartBoundary(std::string_view contentType);

class MultipartParser
{
public:
    static constexpr std::size_t kMaxHeadBytes = 16 * 1024; ///< of one part
    static constexpr std::size_t kMaxParts = 200;

    explicit MultipartParser(std::string_view boundary);

    /// Call next() until NeedMore between two feeds: what is kept then is less than a head or a
    /// boundary.
    void feed(ByteView bytes);
    /// \return InvalidInput: a part without a name, a head or a number of parts past the limits,
    ///         or bytes that are no boundary where one must be.
    Result<MultipartEvent> next();

private:
    enum class State { Preamble, AfterBoundary, Head, Body, Done };

    std::string_view pending() const;
    Result<MultipartEvent> skipPreamble();
    Result<MultipartEvent> afterBoundary();
    Result<MultipartEvent> head();
    Result<MultipartEvent> body();

    std::string m_delimiter; ///< CR LF -- boundary
    Bytes m_buffer;
    std::size_t m_at = 0; ///< start of what is not yet consumed
    State m_state = State::Preamble;
    std::size_t m_parts = 0;
};

} // namespace tarn::gateway::web
