// answer_size: how much a read-test-write request would have the server hold at once.
#pragma once

#include "core/storage_api/share_store.h"

#include <span>

namespace tarn::storage {

/// \return Unsupported: the reads, over all shares of `index`, come to more than an answer may
///         have (kMaxAnswerBytes); the reference's client would not take it either.
asio::awaitable<Result<void>> checkAnswerSize(storage_api::ShareStore& store, StorageIndex index,
                                              std::span<const storage_api::ReadVector> reads);

} // namespace tarn::storage
