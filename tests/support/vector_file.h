// vector_file: the JSON files of tests/vectors.
#pragma once

#include "core/base/bytes.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QString>

namespace tarn::test {

/// The "vectors" of tests/vectors/NAME; empty when there is no such file.
inline QJsonArray readVectors(const QString& name)
{
    QFile file(QStringLiteral(TARN_SOURCE_DIR "/tests/vectors/") + name);
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QJsonDocument::fromJson(file.readAll()).object().value("vectors").toArray();
}

inline std::string textIn(const QJsonObject& vector, const char* key)
{
    return vector.value(QString::fromLatin1(key)).toString().toStdString();
}

/// A hexadecimal value.
inline Bytes bytesIn(const QJsonObject& vector, const char* key)
{
    const QByteArray raw =
        QByteArray::fromHex(vector.value(QString::fromLatin1(key)).toString().toLatin1());
    return toBytes(std::string_view(raw.constData(), static_cast<std::size_t>(raw.size())));
}

/// The input that the vectors are made of: byte i is (i * 167 + (i >> 8) * 13) mod 256.
inline Bytes vectorPattern(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>((i * 167 + (i >> 8U) * 13) & 0xffU);
    return bytes;
}

} // namespace tarn::test
