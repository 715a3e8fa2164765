// plain_source: the plaintext of a version to be written, by offset.
#pragma once

#include "client-gateway/mutable/version_reader.h"
#include "client-gateway/upload/spool.h"

#include <algorithm>

namespace tarn::gateway {

class PlainSource
{
public:
    virtual ~PlainSource() = default;
    virtual std::uint64_t size() const = 0;
    /// Fills `into` from `offset` on; the range lies inside.
    virtual asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) = 0;
    /// Whether a part costs less than the whole, in any order.
    virtual bool givesParts() const { return true; }
};

/// Bytes that outlive it.
class PlainBytes final : public PlainSource
{
public:
    explicit PlainBytes(ByteView bytes) : m_bytes(bytes) {}
    std::uint64_t size() const override { return m_bytes.size(); }
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override;

private:
    ByteView m_bytes;
};

class PlainSpool final : public PlainSource
{
public:
    explicit PlainSpool(Spool& spool) : m_spool(spool) {}
    std::uint64_t size() const override { return m_spool.size(); }
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override;

private:
    Spool& m_spool;
};

/// A version as it is.
class PlainVersion final : public PlainSource
{
public:
    explicit PlainVersion(VersionReader& version) : m_version(version) {}
    std::uint64_t size() const override { return m_version.shape().size(); }
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override;
    bool givesParts() const override
    {
        return m_version.shape().format() == cap::MutableFormat::Mdmf;
    }

private:
    VersionReader& m_version;
};

/// `old` with `patch` laid over it from `offset` on, longer than `old` where the patch is.
class PlainPatched final : public PlainSource
{
public:
    PlainPatched(PlainSource& old, PlainSource& patch, std::uint64_t offset)
        : m_old(old), m_patch(patch), m_offset(offset)
    {
    }
    std::uint64_t size() const override
    {
        return std::max(m_old.size(), m_offset + m_patch.size());
    }
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override;
    bool givesParts() const override { return m_old.givesParts() && m_patch.givesParts(); }

private:
    PlainSource& m_old;
    PlainSource& m_patch;
    std::uint64_t m_offset;
};

} // namespace tarn::gateway
