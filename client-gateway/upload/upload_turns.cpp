#include "client-gateway/upload/upload_turns.h"

namespace tarn::gateway {

namespace {

constexpr Duration kPatience = std::chrono::minutes(10);

} // namespace

UploadTurns::UploadTurns(const asio::any_io_executor& engine, Clock& clock)
    : m_engine(engine), m_clock(clock)
{
}

std::shared_ptr<Gate> UploadTurns::gateOf(const StorageIndex& index)
{
    std::weak_ptr<Gate>& kept = (*m_gates)[index];
    if (std::shared_ptr<Gate> there = kept.lock()) return there;
    const auto forget = [gates = m_gates, index](Gate* gate) {
        gates->erase(index);
        delete gate;
    };
    const std::shared_ptr<Gate> made(new Gate(m_engine, m_clock, 1, kPatience), forget);
    kept = made;
    return made;
}

asio::awaitable<UploadTurns::Turn> UploadTurns::wait(StorageIndex index)
{
    std::shared_ptr<Gate> gate = gateOf(index);
    Gate::Permit permit = co_await gate->enter(1);
    co_return Turn(std::move(gate), std::move(permit));
}

} // namespace tarn::gateway
