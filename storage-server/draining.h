// draining: whether the operator empties this server: it takes no more shares and no changes,
// across restarts, until told otherwise. Engine thread.
#pragma once

#include "core/base/executor.h"
#include "storage-server/ledger.h"

#include <functional>
#include <optional>

namespace tarn::storage {

class Draining
{
public:
    struct Parts
    {
        Ledger& ledger; ///< keeps it
        WorkPool& diskPool;
        Clock& clock;
    };
    /// All parts outlive it.
    static Result<std::unique_ptr<Draining>> openBlocking(const Parts& parts);

    bool on() const { return m_since.has_value(); }
    std::optional<std::int64_t> since() const { return m_since; } ///< Unix seconds
    /// Called after every change.
    void setObserver(std::function<void()> changed) { m_changed = std::move(changed); }
    /// On disk when it returns. Turning on what is on changes nothing.
    asio::awaitable<Result<void>> turn(bool on);

private:
    explicit Draining(const Parts& parts) : m_parts(parts) {}

    Parts m_parts;
    std::optional<std::int64_t> m_since;
    std::function<void()> m_changed;
};

} // namespace tarn::storage
