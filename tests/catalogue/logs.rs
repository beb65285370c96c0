//! What a camera's console prints, as a board is told by it.

const LS: &str = "Image: 6 name:romfs.img base:0x7F0D0000 size:0x0010C400 exec:0x7F0D0000 -a\n";

pub fn of_another_romfs_than_the_kernel_found() -> Vec<u8> {
    let sizes = "Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n";
    let kernel = "Blkmem 1 disk images:\n0: 700000-7FFFFF [VIRTUAL 700000-7FFFFF] (RO)\n";
    format!("{sizes}{LS}{kernel}").into_bytes()
}

pub fn of_ls_alone() -> Vec<u8> {
    LS.replace("0x0010C400", "0x0008D000").into_bytes()
}
