#include "core/base/signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tarn {

void Signal::notifyAll()
{
    while (m_channel.try_send(boost::system::error_code())) {
    }
}

asio::awaitable<void> Signal::wait()
{
    auto [error] = co_await m_channel.async_receive(asio::as_tuple(asio::use_awaitable));
    // The channel has an error of its own for what everybody else calls operation_aborted.
    if (error) throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace tarn
