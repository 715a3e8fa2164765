#include "client-gateway/async/signal.h"

#include <boost/asio/use_awaitable.hpp>

namespace tarn::gateway {

void Signal::notifyAll()
{
    while (m_channel.try_send(boost::system::error_code())) {
    }
}

asio::awaitable<void> Signal::wait()
{
    co_await m_channel.async_receive(asio::use_awaitable);
}

} // namespace tarn::gateway
