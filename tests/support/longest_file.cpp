#include "tests/support/longest_file.h"

#include <csignal>

namespace tarn::test {

LongestFile::LongestFile(rlim_t bytes)
{
    m_handler = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &m_before);
    rlimit now = m_before;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
}

LongestFile::~LongestFile()
{
    ::setrlimit(RLIMIT_FSIZE, &m_before);
    std::signal(SIGXFSZ, m_handler);
}

} // namespace tarn::test
