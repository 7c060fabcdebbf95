# Every source file of the project, a list a layer. A product is one of the numbers headers in config/ plus a choice
# from these lists: features are files, not #if.

set(LIMPET_BYTES
    buf num base64 coap cbor json path value link
    fmt fmt_text fmt_opaque fmt_cbor fmt_tlv fmt_senml fmt_senml_cbor fmt_senml_json)
set(LIMPET_LINK crypto dtls exchange)
set(LIMPET_LINK_HOST dtls_server) # the server's side of DTLS: limpet-server and the tests
set(LIMPET_STORE kv)
set(LIMPET_LWM2M
    client wire register bootstrap sleep accounts rows model write ops answer discover observe attrs local
    obj_security obj_server obj_access obj_device obj_ipso error)

# What Client Lite leaves out of the above, and what it takes instead.
set(LIMPET_LITE_LEAVES_OUT json base64 fmt_senml_json obj_access)
set(LIMPET_LITE_BYTES no_base64)

# limpet_sources(VARIABLE folder name...): the paths of name.c in folder.
function(limpet_sources variable folder)
    set(paths)
    foreach(name IN LISTS ARGN)
        list(APPEND paths ${LIMPET_ROOT}/${folder}/${name}.c)
    endforeach()
    set(${variable} ${paths} PARENT_SCOPE)
endfunction()

# limpet_product_sources(VARIABLE product): the library's sources for "client" or "lite".
function(limpet_product_sources variable product)
    set(bytes ${LIMPET_BYTES})
    set(link ${LIMPET_LINK})
    set(lwm2m ${LIMPET_LWM2M})
    if(product STREQUAL lite)
        list(REMOVE_ITEM bytes ${LIMPET_LITE_LEAVES_OUT})
        list(APPEND bytes ${LIMPET_LITE_BYTES})
        list(REMOVE_ITEM lwm2m ${LIMPET_LITE_LEAVES_OUT})
    endif()
    limpet_sources(bytes src/bytes ${bytes})
    limpet_sources(link src/link ${link})
    limpet_sources(store src/store ${LIMPET_STORE})
    limpet_sources(lwm2m src/lwm2m ${lwm2m})
    limpet_sources(config config ${product})
    set(${variable} ${bytes} ${link} ${store} ${lwm2m} ${config} PARENT_SCOPE)
endfunction()
