// to_qt: bytes in the forms that QTest rows hold and failures print.
#pragma once

#include "core/base/bytes.h"

#include <QtCore/QByteArray>

namespace tarn::test {

inline QByteArray toQt(ByteView bytes)
{
    return QByteArray(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<qsizetype>(bytes.size()));
}

inline Bytes fromQt(const QByteArray& bytes)
{
    return toBytes(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

inline QByteArray hexOf(ByteView bytes)
{
    return toQt(bytes).toHex();
}

/// `size` bytes first, first + 1, ...
inline Bytes countingBytes(std::size_t size, unsigned first = 0)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(first + i);
    return bytes;
}

} // namespace tarn::test
