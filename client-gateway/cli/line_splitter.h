// line_splitter: lines of a stream that comes in pieces.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

class LineSplitter
{
public:
    using OnLine = std::function<Result<void>(std::string_view)>; ///< without its "\n"

    explicit LineSplitter(OnLine onLine) : m_onLine(std::move(onLine)) {}

    /// \return what onLine returns.  PeerMisbehaved: a line of more than 16 MiB.
    Result<void> take(ByteView piece);
    /// A last line without a line break.
    Result<void> finish();

private:
    OnLine m_onLine;
    std::string m_begun;
};

} // namespace tarn::gateway::cli
