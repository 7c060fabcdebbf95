# limpet_image(target product board net source...): firmware <product>-<board>.{elf,bin,map} in LIMPET_IMAGES. net chooses
# how addresses are had: static, dhcp or dual (port/cm3/net_<net>.c, config/lwip_<net>.h).

include(${LIMPET_ROOT}/cmake/sources.cmake)
include(${LIMPET_ROOT}/cmake/mbedtls.cmake)
include(${LIMPET_ROOT}/cmake/boards.cmake)

set(LIMPET_LWIP_SOURCE ${LIMPET_ROOT}/third_party/lwip CACHE PATH "Source tree of lwIP 2.2")
if(NOT EXISTS ${LIMPET_LWIP_SOURCE}/src/core/udp.c)
    message(FATAL_ERROR "No lwIP 2.2 source in ${LIMPET_LWIP_SOURCE}: run scripts/deps lwip, or give one with -DLIMPET_LWIP_SOURCE=DIR")
endif()

set(LIMPET_CM3 start fault time net random log libc)
set(LIMPET_LWIP
    core/def core/inet_chksum core/init core/ip core/mem core/memp core/netif core/pbuf core/udp
    core/ipv4/etharp core/ipv4/icmp core/ipv4/ip4 core/ipv4/ip4_addr netif/ethernet)
set(LIMPET_LWIP_static)
set(LIMPET_NET_static net_static)
set(LIMPET_NET_dhcp net_dhcp net_names)
set(LIMPET_NET_dual net_dual net_names)
set(LIMPET_LWIP_dhcp core/dns core/ipv4/dhcp)
set(LIMPET_LWIP_dual
    ${LIMPET_LWIP_dhcp} core/ipv6/ethip6 core/ipv6/icmp6 core/ipv6/inet6 core/ipv6/ip6 core/ipv6/ip6_addr core/ipv6/mld6
    core/ipv6/nd6)

# Link-time optimization; no copies of code to save a jump, no instructions moved apart for a longer pipeline's sake.
# The passes of the last two lines make more code than they save: measured one by one. scripts/size has the same.
set(LIMPET_IMAGE_FLAGS
    -mthumb -Os -g -ffile-prefix-map=${LIMPET_ROOT}/= -DNDEBUG -ffunction-sections -fdata-sections -specs=nano.specs
    -flto -flto-partition=one -fno-thread-jumps -fno-schedule-insns2 -fno-move-loop-invariants
    -fno-tree-tail-merge -fno-if-conversion -fno-tree-dominator-opts -fno-tree-fre -fno-inline-small-functions -fno-caller-saves
    -fno-ipa-sra -fno-ssa-phiopt --param=uninlined-function-insns=0)
# The main stack: what the deepest chain of calls takes (docs/sizes.md), and some 300 bytes more.
set(LIMPET_STACK_lite 2816)
set(LIMPET_STACK_client 3072)

# limpet_core(VARIABLE product board net): the object library of everything that boards with the same CPU share.
function(limpet_core variable product board net)
    string(MAKE_C_IDENTIFIER "core-${product}-${net}${LIMPET_CPU_${board}}" core)
    set(${variable} ${core} PARENT_SCOPE)
    if(TARGET ${core})
        return()
    endif()
    limpet_product_sources(library ${product})
    limpet_sources(port port/cm3 ${LIMPET_CM3} ${LIMPET_NET_${net}})
    set(tls ${LIMPET_MBEDTLS_CLIENT})
    list(TRANSFORM tls REPLACE "(.+)" "${LIMPET_MBEDTLS_SOURCE}/library/\\1.c")
    set(lwip ${LIMPET_LWIP} ${LIMPET_LWIP_${net}})
    list(TRANSFORM lwip REPLACE "(.+)" "${LIMPET_LWIP_SOURCE}/src/\\1.c")
    set_source_files_properties(${tls} ${lwip} PROPERTIES COMPILE_OPTIONS -w) # not ours, nor are their warnings

    # lwIP asks for a file of this name.
    set(options ${CMAKE_CURRENT_BINARY_DIR}/lwip-${product}-${net})
    file(WRITE ${options}/in "#include LP_CONFIG\n#include \"lwip.h\"\n#include \"lwip_${product}.h\"\n#include \"lwip_${net}.h\"\n")
    configure_file(${options}/in ${options}/lwipopts.h COPYONLY)

    add_library(${core} OBJECT ${library} ${port} ${tls} ${lwip})
    target_compile_options(${core} PUBLIC ${LIMPET_CPU_${board}} ${LIMPET_IMAGE_FLAGS} ${LIMPET_WARNINGS})
    target_compile_definitions(${core} PUBLIC
        "LP_CONFIG=\"config/${product}.h\"" "MBEDTLS_CONFIG_FILE=\"mbedtls_${product}.h\"" LIMPET_VERSION="${PROJECT_VERSION}")
    target_include_directories(${core} PUBLIC ${LIMPET_ROOT}/include ${LIMPET_ROOT} ${LIMPET_ROOT}/src ${LIMPET_ROOT}/port)
    target_include_directories(${core} SYSTEM PUBLIC
        ${options} ${LIMPET_ROOT}/config ${LIMPET_ROOT}/port/cm3 ${LIMPET_LWIP_SOURCE}/src/include ${LIMPET_MBEDTLS_SOURCE}/include)
endfunction()

function(limpet_image target product board net)
    limpet_core(core ${product} ${board} ${net})
    limpet_sources(files port/cm3 ${LIMPET_FILES_${board}})
    string(REPLACE - _ script ${board})
    set(script ${LIMPET_ROOT}/port/cm3/${script}.ld)
    add_executable(${target} ${files} ${ARGN})
    target_link_libraries(${target} PRIVATE ${core}) # its objects, and what they were compiled with
    set_target_properties(${target} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${LIMPET_IMAGES}
                                               LINK_DEPENDS "${script};${LIMPET_ROOT}/port/cm3/cm3.ld")
    target_link_options(${target} PRIVATE
        ${LIMPET_CPU_${board}} ${LIMPET_IMAGE_FLAGS} -nostartfiles -T${script} -L${LIMPET_ROOT}/port/cm3
        -Wl,--gc-sections -Wl,--defsym=STACK_SIZE=${LIMPET_STACK_${product}} -Wl,-Map=${LIMPET_IMAGES}/${target}.map)
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND arm-none-eabi-objcopy -O binary ${LIMPET_IMAGES}/${target}.elf ${LIMPET_IMAGES}/${target}.bin)
endfunction()
