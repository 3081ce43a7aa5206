/* fot/bank_layout.h: the fixed structures of a .fotmem file, a bank on disk.
 *
 * The file is: the prelude; two commit slots; the FlatBuffers description
 * (schema/memory.fbs); then, at multiples of 64 and in the order in which they
 * came, segments and the blocks of the directory that lists them. Nothing but
 * the commit slots is ever overwritten once committed, and the bytes of a
 * finished file depend on nothing but what was put in: see
 * docs/memory-files.md. All integers are little-endian.
 */
#ifndef FOT_BANK_LAYOUT_H
#define FOT_BANK_LAYOUT_H

#include <stdint.h>

#define FOT_BANK_MAGIC "FOTMBANK" /* 8 bytes, no terminator */
#define FOT_BANK_MAJOR 1u
#define FOT_BANK_MINOR 0u
#define FOT_BANK_ALIGNMENT 64u

/* Apart, so that no torn write of one reaches the other. */
#define FOT_BANK_COMMIT_0 4096u
#define FOT_BANK_COMMIT_1 8192u
#define FOT_BANK_DESCRIPTION 12288u

typedef struct fot_bank_prelude {
  char magic[8];
  uint32_t format_major; /* a reader refuses another major */
  uint32_t format_minor; /* newer minors stay readable */
  uint64_t description_bytes;
  uint64_t description_checksum; /* XXH3-64 of the description's bytes */
  uint64_t directory_offset; /* of the first block: behind the description */
  uint64_t reserved[2];      /* 0 */
  uint64_t prelude_checksum; /* XXH3-64 of the 56 bytes before */
} fot_bank_prelude;

/* What the file holds. Of two valid ones the one of the higher generation
 * counts; in a finished file both are of generation 1 and equal. */
typedef struct fot_bank_commit {
  uint64_t generation;
  uint64_t slots; /* of the directory, in all its blocks */
  uint64_t segments;
  uint64_t documents;
  uint64_t tokens;
  uint64_t file_bytes;         /* bytes behind do not count */
  uint64_t directory_checksum; /* XXH3-64 of all slots, in their order */
  uint64_t commit_checksum;    /* XXH3-64 of the 56 bytes before */
} fot_bank_commit;

/* The directory: blocks of 1024 slots of 64 bytes. A record takes one slot or
 * several of one block. Where the next one would not leave a slot free behind
 * itself, a link to another block stands instead; what is left is zeros. A
 * block comes before the segment whose record it holds first. */
#define FOT_BANK_SLOT_BYTES 64u
#define FOT_BANK_BLOCK_SLOTS 1024u

enum {
  FOT_BANK_DOCUMENT = 1, /* begins a document */
  FOT_BANK_SEGMENT = 2,  /* the next tokens of that document */
  FOT_BANK_END = 3,      /* the document is complete */
  FOT_BANK_LINK = 4      /* the directory goes on elsewhere */
};

/* Followed by its name, zeros up to a multiple of 64 behind it. */
typedef struct fot_bank_document {
  uint16_t kind;  /* FOT_BANK_DOCUMENT */
  uint16_t slots; /* 1 + those of the name */
  uint32_t name_bytes;
  uint32_t encoding; /* 0 sequential, 1 independent */
  uint32_t window;   /* tokens of the window that encoded it */
  uint64_t reserved[6];
} fot_bank_document;

typedef struct fot_bank_segment {
  uint16_t kind;  /* FOT_BANK_SEGMENT */
  uint16_t slots; /* 1 */
  uint32_t flags; /* bit 0: it has an index */
  uint64_t offset;
  uint64_t bytes;
  uint64_t first_token; /* in the document */
  uint32_t count;
  uint32_t capacity;   /* count rounded up to a multiple of 64 */
  uint64_t first_byte; /* of the document's text */
  uint64_t end_byte;
  uint64_t checksum; /* XXH3-64 of the segment's table of checksums */
} fot_bank_segment;

typedef struct fot_bank_end {
  uint16_t kind;  /* FOT_BANK_END */
  uint16_t slots; /* 1 */
  uint32_t reserved0;
  uint64_t tokens;
  uint64_t bytes;         /* of the text */
  uint64_t text_checksum; /* XXH3-64 of it */
  uint64_t reserved[4];
} fot_bank_end;

typedef struct fot_bank_link {
  uint16_t kind;  /* FOT_BANK_LINK */
  uint16_t slots; /* 1 */
  uint32_t reserved0;
  uint64_t offset; /* of the next block */
  uint64_t reserved[6];
} fot_bank_link;

/* A segment, each part at a multiple of 64 and zeros in between:
 *   u64 [1 + 3 L]     XXH3-64 of each of the parts below, in this order: the
 *                     tokens; of each of the L layers index (of no bytes when
 *                     there is none), keys, values
 *   i32 [count]       the tokens
 *   of each layer     the index (fot/kernel_abi.h), when there is one
 *   of each layer     keys [G][capacity] rows, then values
 */
#define FOT_BANK_HAS_INDEX 1u

#endif
