// Linked with one whole library and what it declares; see tarn_library().
