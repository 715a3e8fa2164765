// data_stage: room in a store for the large data of a slot write while they arrive, so that what
// makes a share is written once: the store takes views of such data for what they are. And
// leave for such data to come at all: before the first byte, not after the last.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace tarn::storage {

namespace asio = boost::asio;

/// Pieces, one after the other: begin, writes of all its bytes, the next. Engine thread. The room
/// goes with it, but for what the store took over. Not after the store.
class StagedData
{
public:
    virtual ~StagedData() = default;
    /// \param offset  where in the data of a share the piece is meant to go, if that is known.
    virtual void begin(std::uint64_t size, std::optional<std::uint64_t> offset) = 0;
    /// No more bytes than the piece has.  \return NoSpace, IoFailure.
    virtual asio::awaitable<Result<void>> write(ByteView bytes) = 0;
    /// \pre every piece has all its bytes.
    /// \return a view of each piece, good while this lives.  IoFailure.
    virtual asio::awaitable<Result<std::vector<ByteView>>> finish() = 0;
    /// The views' pages stop counting as this process's memory until they are looked at again.
    virtual void dropPages() const = 0;
};

class DataStage
{
public:
    virtual ~DataStage() = default;
    /// \param bytes  of the whole request.
    /// \return NoSpace: neither disk nor quota has room for them.  IoFailure.
    virtual asio::awaitable<Result<std::unique_ptr<StagedData>>> stage(StorageIndex index,
                                                                       std::uint64_t bytes) = 0;
    /// Whether data may come, to lie elsewhere meanwhile.
    /// \return what is pledged to them, until it goes; may be null.  NoSpace: above the quota.
    virtual asio::awaitable<Result<std::shared_ptr<const void>>> admit(StorageIndex index,
                                                                       std::uint64_t bytes) = 0;
};

} // namespace tarn::storage
