// netstring: length-prefixed strings, `dec(length) ":" bytes ","`. Pure, any thread.
// Source: Bernstein's netstrings as Tahoe-LAFS writes them into extension blocks and directories.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstddef>

namespace tarn::codec {

void appendNetstring(Bytes& to, ByteView value);

/// Takes netstrings off the front of bytes that it only borrows: no copies, no allocation.
class NetstringReader
{
public:
    /// \param maxValueBytes  longest value taken.
    NetstringReader(ByteView input, std::size_t maxValueBytes)
        : m_input(input), m_maxValueBytes(maxValueBytes)
    {
    }

    bool atEnd() const { return m_at == m_input.size(); }
    /// Offset of the next netstring.
    std::size_t position() const { return m_at; }
    /// What has not been read yet.
    ByteView rest() const { return m_input.subspan(m_at); }

    /// \return a view into the input. InvalidInput with the position: no netstring here (sign,
    ///         leading zero, missing ':' or ','), longer than allowed, or cut off. Then the
    ///         position stays.
    Result<ByteView> next();

private:
    Result<std::size_t> readLength(std::size_t& at) const;
    Error refused(std::size_t at, const char* why) const;

    ByteView m_input;
    std::size_t m_maxValueBytes;
    std::size_t m_at = 0;
};

/// One netstring and nothing after it.
Result<ByteView> parseNetstring(ByteView whole, std::size_t maxValueBytes);

} // namespace tarn::codec
