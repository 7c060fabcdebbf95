# The boards: what their CPU is to the compiler, and which files of port/cm3 they take besides those that all take. The
# linker script is port/cm3/<name>.ld, - as _.

set(LIMPET_BOARDS mps2-an385)
set(LIMPET_CPU_mps2-an385 -mcpu=cortex-m3)
set(LIMPET_FILES_mps2-an385 board_mps2_an385 cmsdk lan9118 mpu memory_flash)
