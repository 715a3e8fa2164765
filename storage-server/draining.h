// draining: whether the operator empties this server: it takes no more shares and no changes,
// across restarts, until told otherwise; and, when it is empty enough, whether it is withdrawn:
// those who knew it from introducers are told to forget it. Engine thread.
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
    bool withdrawn() const { return m_withdrawn; }
    std::optional<std::int64_t> since() const { return m_since; } ///< Unix seconds
    /// Called after every change.
    void setObserver(std::function<void()> changed) { m_changed = std::move(changed); }
    /// On disk when it returns. Turning on what is on changes nothing.
    asio::awaitable<Result<void>> turn(bool on);
    /// On disk when it returns. turn() ends it, either way.
    /// \return Conflict: the server is not being drained.
    asio::awaitable<Result<void>> withdraw();

private:
    explicit Draining(const Parts& parts) : m_parts(parts) {}
    asio::awaitable<Result<void>> keep(std::optional<std::int64_t> since, bool withdrawn);

    Parts m_parts;
    std::optional<std::int64_t> m_since;
    bool m_withdrawn = false;
    std::function<void()> m_changed;
};

} // namespace tarn::storage
