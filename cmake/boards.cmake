# The boards: what their CPU is to the compiler, and which files of port/cm3 they take besides those that all take. The
# linker script is port/cm3/<name>.ld, - as _.

set(LIMPET_BOARDS mps2-an385 emcraft-sf2 lm3s6965evb mps2-an386 mps2-an500 mps2-an505)

set(LIMPET_CPU_mps2-an385 -mcpu=cortex-m3)
set(LIMPET_FILES_mps2-an385 board_mps2_an385 cmsdk lan9118 mpu memory_flash)
set(LIMPET_CPU_emcraft-sf2 -mcpu=cortex-m3)
set(LIMPET_FILES_emcraft-sf2 board_emcraft_sf2 sf2_emac sf2_nor mpu)
set(LIMPET_CPU_lm3s6965evb -mcpu=cortex-m3)
set(LIMPET_FILES_lm3s6965evb board_lm3s6965evb stellaris_eth mpu memory_flash)
set(LIMPET_CPU_mps2-an386 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16)
set(LIMPET_FILES_mps2-an386 board_mps2_an386 cmsdk lan9118 mpu memory_flash)
set(LIMPET_CPU_mps2-an500 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16)
set(LIMPET_FILES_mps2-an500 board_mps2_an500 cmsdk lan9118 mpu memory_flash)
set(LIMPET_CPU_mps2-an505 -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16)
set(LIMPET_FILES_mps2-an505 board_mps2_an505 cmsdk lan9118 mpu_v8 memory_flash)
