#include "core/base/task_group.h"

#include "core/base/log.h"
#include "core/base/signal.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <map>
#include <vector>

namespace tarn {

struct TaskGroup::State
{
    explicit State(const asio::any_io_executor& executor) : ended(executor) {}

    std::map<std::size_t, std::unique_ptr<asio::cancellation_signal>> children;
    std::size_t next = 0;
    Signal ended;
};

namespace {

void logUnlessCancelled(const std::exception_ptr& thrown)
{
    if (!thrown) return;
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) return;
        TARN_LOG(Error, Base, "child task ended by exception", {"what", e.what()});
    } catch (const std::exception& e) {
        TARN_LOG(Error, Base, "child task ended by exception", {"what", e.what()});
    }
}

} // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : m_executor(std::move(executor)), m_state(std::make_shared<State>(m_executor))
{
}

TaskGroup::~TaskGroup()
{
    cancel();
}

void TaskGroup::spawn(asio::awaitable<void> work)
{
    const std::size_t id = m_state->next++;
    auto& signal = m_state->children[id];
    signal = std::make_unique<asio::cancellation_signal>();
    auto done = [state = m_state, id, executor = m_executor](const std::exception_ptr& thrown) {
        logUnlessCancelled(thrown);
        // Asio may have queued the signal's emission: it outlives whatever is queued now.
        auto child = state->children.extract(id);
        asio::post(executor, [kept = std::shared_ptr(std::move(child.mapped()))] {});
        state->ended.notifyAll();
    };
    asio::co_spawn(m_executor, std::move(work),
                   asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

void TaskGroup::cancel()
{
    // A child may end, and so erase itself, while its signal is emitted.
    std::vector<std::size_t> ids;
    for (const auto& [id, signal] : m_state->children)
        ids.push_back(id);
    const std::shared_ptr<State> state = m_state;
    for (const std::size_t id : ids) {
        const auto child = state->children.find(id);
        if (child != state->children.end()) child->second->emit(asio::cancellation_type::terminal);
    }
}

std::size_t TaskGroup::running() const
{
    return m_state->children.size();
}

asio::awaitable<void> TaskGroup::join()
{
    const std::shared_ptr<State> state = m_state;
    while (!state->children.empty())
        co_await state->ended.wait();
}

asio::awaitable<void> TaskGroup::joinOrCancel()
{
    bool cancelled = false;
    try {
        co_await join();
    } catch (const boost::system::system_error&) {
        cancelled = true;
    }
    if (!cancelled) co_return;
    cancel();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await join();
    throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace tarn
