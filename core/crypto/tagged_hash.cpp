#include "core/crypto/tagged_hash.h"

#include "core/base/check.h"
#include "core/crypto/digest_context.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace tarn::crypto {

namespace {

/// Digits of any length in memory, and ':'.
constexpr std::size_t kMaxLengthField = 21;
/// A Merkle node is 101 bytes: messages up to here are put together before they are hashed.
constexpr std::size_t kSmallMessage = 192;

/// Writes "123:". \return its end. There must be room for kMaxLengthField bytes.
std::byte* writeLength(std::byte* at, std::size_t length)
{
    char* const text = reinterpret_cast<char*>(at);
    char* const end = std::to_chars(text, text + kMaxLengthField - 1, length).ptr;
    *end = ':';
    return reinterpret_cast<std::byte*>(end + 1);
}

/// Copies without a call when it is a hash.
std::byte* writeBytes(std::byte* at, ByteView bytes)
{
    if (bytes.size() == Hash256::kSize) {
        std::memcpy(at, bytes.data(), Hash256::kSize);
    } else if (!bytes.empty()) {
        std::memcpy(at, bytes.data(), bytes.size());
    }
    return at + bytes.size();
}

std::byte* writeNetstring(std::byte* at, ByteView value)
{
    at = writeBytes(writeLength(at, value.size()), value);
    *at = std::byte{','};
    return at + 1;
}

/// Collects a message on the stack while it is small and hands it on in pieces afterwards.
class Message
{
public:
    ~Message() { wipe(std::span(m_small.data(), m_end)); }
    void add(ByteView piece)
    {
        if (m_context == nullptr && piece.size() <= room()) {
            m_end = writeBytes(m_end, piece);
        } else {
            updateDigest(context(), piece);
        }
    }
    void addNetstring(ByteView value)
    {
        if (m_context == nullptr && value.size() + kMaxLengthField < room()) {
            m_end = writeNetstring(m_end, value);
            return;
        }
        std::array<std::byte, kMaxLengthField> length{};
        updateDigest(context(), std::span(length.data(), writeLength(length.data(), value.size())));
        updateDigest(m_context, value);
        updateDigest(m_context, asBytes(","));
    }
    Hash256 hash()
    {
        if (m_context == nullptr) return sha256d(std::span(m_small.data(), m_end));
        return digestOf(finishDigest(m_context));
    }

private:
    std::size_t room() const
    {
        return static_cast<std::size_t>(m_small.data() + m_small.size() - m_end);
    }
    evp_md_ctx_st* context()
    {
        if (m_context == nullptr) {
            m_context = restartThreadContext();
            updateDigest(m_context, std::span(m_small.data(), m_end));
        }
        return m_context;
    }

    std::array<std::byte, kSmallMessage> m_small;
    std::byte* m_end = m_small.data();
    evp_md_ctx_st* m_context = nullptr;
};

} // namespace

Hash256 taggedHash(std::string_view tag, ByteView value)
{
    Message message;
    message.addNetstring(asBytes(tag));
    message.add(value);
    return message.hash();
}

Hash256 taggedPairHash(std::string_view tag, ByteView a, ByteView b)
{
    Message message;
    message.addNetstring(asBytes(tag));
    message.addNetstring(a);
    message.addNetstring(b);
    return message.hash();
}

TaggedHasher::TaggedHasher(std::string_view tag)
{
    Bytes prefix(tagPrefixSize(tag));
    writeTagPrefix(prefix, tag);
    m_hash.update(prefix);
    wipe(prefix);
}

std::size_t tagPrefixSize(std::string_view tag)
{
    std::array<std::byte, kMaxLengthField> length{};
    const std::byte* const end = writeLength(length.data(), tag.size());
    return static_cast<std::size_t>(end - length.data()) + tag.size() + 1;
}

void writeTagPrefix(MutableByteView to, std::string_view tag)
{
    const std::size_t size = tagPrefixSize(tag);
    TARN_ASSERT(to.size() >= size);
    std::array<std::byte, kMaxLengthField> length{};
    const std::byte* const end = writeLength(length.data(), tag.size());
    std::byte* at = std::copy(std::as_const(length).data(), end, to.data());
    at = writeBytes(at, asBytes(tag));
    *at = std::byte{','};
}

} // namespace tarn::crypto
