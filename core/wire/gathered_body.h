// gathered_body: a message in pieces, so that the large byte strings in it are not copied.
#pragma once

#include "core/base/bytes.h"
#include "core/codec/cbor.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tarn::wire {

/// A body in pieces, some of which are the caller's own bytes: those must stay as long as this.
class GatheredBody
{
public:
    GatheredBody(Bytes framing, std::vector<ByteView> pieces)
        : m_framing(std::move(framing)), m_pieces(std::move(pieces))
    {
    }
    GatheredBody(const GatheredBody&) = delete;
    GatheredBody& operator=(const GatheredBody&) = delete;
    GatheredBody(GatheredBody&&) = default;
    GatheredBody& operator=(GatheredBody&&) = default;

    std::span<const ByteView> pieces() const& { return m_pieces; }
    std::span<const ByteView> pieces() && = delete; // they would outlive what they show
    std::uint64_t size() const;

private:
    Bytes m_framing;
    std::vector<ByteView> m_pieces;
};

/// Writes a message; byte strings above a few hundred bytes become pieces of their own.
class GatheredWriter
{
public:
    codec::CborWriter& items() { return m_items; }
    void bytes(ByteView value);
    GatheredBody finish() &&;

private:
    struct Cut
    {
        std::size_t framingBefore;
        ByteView bytes;
    };

    codec::CborWriter m_items;
    std::vector<Cut> m_cuts;
};

} // namespace tarn::wire
