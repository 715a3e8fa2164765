// upload_turns: equal files one after the other. A server refuses a share that somebody else is
// writing, so two uploads of one file at a time would take each other's places.
#pragma once

#include "client-gateway/async/gate.h"
#include "core/base/ids.h"

#include <map>
#include <memory>

namespace tarn::gateway {

/// Engine thread. May go before its turns do.
class UploadTurns
{
public:
    /// Its holder is the only one who uploads that file, until it goes.
    class Turn
    {
    public:
        Turn(std::shared_ptr<Gate> gate, Gate::Permit permit)
            : m_gate(std::move(gate)), m_permit(std::move(permit))
        {
        }

    private:
        std::shared_ptr<Gate> m_gate;
        Gate::Permit m_permit;
    };

    UploadTurns(const asio::any_io_executor& engine, Clock& clock);

    /// In order of arrival. Who has had the turn for ten minutes has it with the next one.
    /// Throws operation_aborted when the waiting coroutine is cancelled.
    asio::awaitable<Turn> wait(StorageIndex index);
    /// Files that somebody uploads or waits for.
    std::size_t files() const { return m_gates->size(); }

private:
    using Gates = std::map<StorageIndex, std::weak_ptr<Gate>>;

    std::shared_ptr<Gate> gateOf(const StorageIndex& index);

    asio::any_io_executor m_engine;
    Clock& m_clock;
    std::shared_ptr<Gates> m_gates = std::make_shared<Gates>();
};

} // namespace tarn::gateway
