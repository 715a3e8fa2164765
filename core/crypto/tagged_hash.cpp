#include "core/crypto/tagged_hash.h"

#include "core/base/check.h"
#include "core/crypto/digest_context.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::crypto {

namespace {

/// Digits of any length in memory, and ':'.
constexpr std::size_t kMaxLengthField = 21;
/// A Merkle node is 101 bytes: messages up to here are put together before they are hashed.
constexpr std::size_t kSmallMessage = 192;

/// "123:" of a netstring.
class LengthField
{
public:
    explicit LengthField(std::size_t length)
    {
        const auto end = std::to_chars(m_text.data(), m_text.data() + m_text.size() - 1, length);
        TARN_ASSERT(end.ec == std::errc());
        *end.ptr = ':';
        m_size = static_cast<std::size_t>(end.ptr - m_text.data()) + 1;
    }
    ByteView view() const { return asBytes(std::string_view(m_text.data(), m_size)); }
    std::size_t size() const { return m_size; }

private:
    std::array<char, kMaxLengthField> m_text{};
    std::size_t m_size = 0;
};

/// Collects small pieces on the stack and hands large ones through.
class Message
{
public:
    ~Message() { wipe(std::span(m_small).first(m_used)); }
    void add(ByteView piece)
    {
        if (m_context == nullptr && piece.size() <= m_small.size() - m_used) {
            std::copy(piece.begin(), piece.end(), m_small.begin() + m_used);
            m_used += piece.size();
            return;
        }
        if (m_context == nullptr) {
            m_context = restartThreadContext();
            updateDigest(m_context, std::span(m_small).first(m_used));
        }
        updateDigest(m_context, piece);
    }
    void addNetstring(ByteView value)
    {
        add(LengthField(value.size()).view());
        add(value);
        add(asBytes(","));
    }
    Hash256 hash()
    {
        if (m_context == nullptr) return sha256d(std::span(m_small).first(m_used));
        return digestOf(finishDigest(m_context));
    }

private:
    std::array<std::byte, kSmallMessage> m_small;
    std::size_t m_used = 0;
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
    m_hash.update(LengthField(tag.size()).view());
    m_hash.update(asBytes(tag));
    m_hash.update(asBytes(","));
}

std::size_t tagPrefixSize(std::string_view tag)
{
    return LengthField(tag.size()).size() + tag.size() + 1;
}

void writeTagPrefix(MutableByteView to, std::string_view tag)
{
    TARN_ASSERT(to.size() >= tagPrefixSize(tag));
    const LengthField length(tag.size());
    auto at = std::copy(length.view().begin(), length.view().end(), to.begin());
    const ByteView bytes = asBytes(tag);
    at = std::copy(bytes.begin(), bytes.end(), at);
    *at = std::byte{','};
}

} // namespace tarn::crypto
