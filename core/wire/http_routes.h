// http_routes: which request line means which operation of the GBS protocol. Pure, any thread.
// Source: spec of the HTTP storage protocol, section 5.
#pragma once

#include "core/base/ids.h"
#include "core/storage_api/share_store.h"

#include <string>
#include <string_view>
#include <variant>

namespace tarn::wire {

enum class Operation {
    Version,       ///< GET   /storage/v1/version
    AddLease,      ///< PUT   /storage/v1/lease/:si
    Allocate,      ///< POST  /storage/v1/immutable/:si
    WriteShare,    ///< PATCH /storage/v1/immutable/:si/:n
    AbortShare,    ///< PUT   /storage/v1/immutable/:si/:n/abort
    ListShares,    ///< GET   /storage/v1/KIND/:si/shares
    ReadShare,     ///< GET   /storage/v1/KIND/:si/:n
    AdviseCorrupt, ///< POST  /storage/v1/KIND/:si/:n/corrupt
    ReadTestWrite, ///< POST  /storage/v1/mutable/:si/read-test-write
};

struct Route
{
    Operation operation = Operation::Version;
    storage_api::ShareKind kind = storage_api::ShareKind::Immutable;
    StorageIndex index; ///< zero where the operation has none
    ShareNumber share;  ///< 0 where the operation has none
    friend bool operator==(const Route&, const Route&) = default;
};

/// No operation: answer this, before any credentials are looked at.
struct RouteRefusal
{
    unsigned status = 404; ///< 404 or 405
    std::string allow;     ///< with 405: the Allow header
};

/// \param path  without the query. HEAD goes where GET goes.
std::variant<Route, RouteRefusal> findRoute(std::string_view method, std::string_view path);

std::string_view methodOf(Operation operation);
/// The path that findRoute() reads back.
std::string pathOf(const Route& route);

/// 26 characters of base32.
std::string textOf(const StorageIndex& index);
/// \return InvalidInput: another length or alphabet.
Result<StorageIndex> parseStorageIndex(std::string_view text);

} // namespace tarn::wire
