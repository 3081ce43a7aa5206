/* fot/artifact_layout.h: the first 64 bytes of a .fotm file.
 *
 * The file is: this prelude, then segments at multiples of 64, then the
 * FlatBuffers header (schema/artifact.fbs) at `header_offset`. The header
 * comes last so that segments are streamed out before their sizes and
 * checksums are known. All integers are little-endian.
 */
#ifndef FOT_ARTIFACT_LAYOUT_H
#define FOT_ARTIFACT_LAYOUT_H

#include <stdint.h>

#define FOT_ARTIFACT_MAGIC "FOTMODEL" /* 8 bytes, no terminator */
#define FOT_ARTIFACT_MAJOR 1u
#define FOT_ARTIFACT_MINOR 1u
#define FOT_SEGMENT_ALIGNMENT 64u

typedef struct fot_artifact_prelude {
  char magic[8];
  uint32_t format_major; /* a reader refuses another major */
  uint32_t format_minor; /* newer minors stay readable */
  uint64_t file_bytes;
  uint64_t header_offset; /* a multiple of 64 */
  uint64_t header_bytes;
  uint64_t header_checksum;  /* XXH3-64 of the header's bytes */
  uint64_t prelude_checksum; /* XXH3-64 of the 48 bytes before */
  uint64_t reserved;         /* 0 */
} fot_artifact_prelude;

#endif
