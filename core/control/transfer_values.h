// transfer_values: what moves between this node and others, and what moved lately, as people see
// it. Values of node_control.h. Source: core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::control {

struct TransferView
{
    std::string id;    ///< "up-3", "move-7": unique since this node started
    std::string kind;  ///< "upload", "download", "publish", "retrieve", "move", "repair"
    std::string index; ///< storage index, base32; empty: not known, or none
    std::optional<std::uint32_t> share; ///< of a move
    std::string peer;                   ///< of a move: the member's key, "v0-..."
    std::uint64_t bytes = 0;            ///< so far
    std::optional<std::uint64_t> of;    ///< of so many, where that is known
    std::int64_t started = 0;           ///< Unix seconds
    std::optional<std::int64_t> ended;  ///< the same; absent: it runs
    std::string state = "running";      ///< "running", "done", "failed", "cancelled"
    std::string reason;                 ///< why it failed; for people
    friend bool operator==(const TransferView&, const TransferView&) = default;
};

} // namespace tarn::control
