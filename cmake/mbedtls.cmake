# limpet_mbedtls(product): the static library mbedtls_<product>, Mbed TLS 3.6 as config/mbedtls_<product>.h says.
# Only the files that hold something in that configuration are named; a missing one shows when a program is linked.

if(NOT EXISTS ${LIMPET_MBEDTLS_SOURCE}/library/ssl_tls12_client.c)
    message(FATAL_ERROR "No Mbed TLS 3.6 source in ${LIMPET_MBEDTLS_SOURCE}: run scripts/deps mbedtls, "
                        "or give one with -DLIMPET_MBEDTLS_SOURCE=DIR")
endif()
file(STRINGS ${LIMPET_MBEDTLS_SOURCE}/include/mbedtls/build_info.h version REGEX "define MBEDTLS_VERSION_STRING ")
if(NOT version MATCHES "\"3\\.6\\.")
    message(FATAL_ERROR "Mbed TLS 3.6 is needed; ${LIMPET_MBEDTLS_SOURCE} says ${version}")
endif()

set(LIMPET_MBEDTLS_CLIENT
    aes ccm cipher cipher_wrap constant_time md platform platform_util sha256
    ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client)
set(LIMPET_MBEDTLS_HOST
    aesni bignum bignum_core debug ecdh ecp ecp_curves error gcm ssl_cookie ssl_debug_helpers_generated ssl_tls12_server)

function(limpet_mbedtls product)
    set(target mbedtls_${product})
    set(names ${LIMPET_MBEDTLS_CLIENT})
    if(product STREQUAL host)
        list(APPEND names ${LIMPET_MBEDTLS_HOST})
    endif()
    list(TRANSFORM names REPLACE "(.+)" "${LIMPET_MBEDTLS_SOURCE}/library/\\1.c" OUTPUT_VARIABLE files)
    add_library(${target} STATIC ${files})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME limpet-mbedtls-${product} EXPORT_NAME mbedtls_${product})
    # System headers: our own warnings do not apply to them.
    target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${LIMPET_MBEDTLS_SOURCE}/include>
                                                       $<BUILD_INTERFACE:${LIMPET_ROOT}/config>)
    target_compile_definitions(${target} PUBLIC $<BUILD_INTERFACE:MBEDTLS_CONFIG_FILE="mbedtls_${product}.h">)
    target_compile_options(${target} PRIVATE -w ${LIMPET_SECTIONS} ${LIMPET_SANITIZE_FLAGS})
endfunction()
