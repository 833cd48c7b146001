/* libjpeg's scanline interface for scanlines.rs. TurboJPEG's own API gives whole pictures
 * only; the library under it gives rows one by one. Fatal errors end in longjmp and are
 * caught here, inside C. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

/* What the pixels suffered. Mirrored in scanlines.rs. */
typedef struct damage {
  int32_t cut_off;          /* the data ended before an end-of-image marker */
  int32_t corrupt;          /* the data was wrong, or ended before a marker that is there */
  uint64_t extraneous;      /* bytes of the picture's data that no pixel came of */
  uint64_t mcus;            /* blocks of pixels that are coded together, in all */
  double wrong_share;       /* of the picture, from the first wrong data on; 0 where unknown */
} damage;

typedef struct scanlines {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  struct jpeg_source_mgr source;
  const uint8_t *rest; /* what the source has not been given yet */
  size_t rest_length;
  jmp_buf failed;
  int scan_limit;
  damage damage;
  char message[JMSG_LENGTH_MAX];
} scanlines;

static void on_error(j_common_ptr common) {
  scanlines *self = common->client_data;
  common->err->format_message(common, self->message);
  longjmp(self->failed, 1);
}

static void on_wrong_data(scanlines *self) {
  struct jpeg_decompress_struct *decoder = &self->decoder;
  /* Behind the end of the data everything is wrong; that is told already. */
  if (self->damage.cut_off || self->damage.corrupt) return;
  self->damage.corrupt = 1;
  /* Without restart markers nothing behind the first wrong code is where it belongs. */
  if (decoder->restart_interval == 0 && !jpeg_has_multiple_scans(decoder))
    self->damage.wrong_share =
        1.0 - (double)decoder->input_iMCU_row / (double)decoder->total_iMCU_rows;
}

/* Warnings leave pixels: kept is what says that some are missing or wrong. Odd headers
 * (JFIF versions, Adobe transforms, scan parameters of a sequential file) cost none. */
static void on_message(j_common_ptr common, int level) {
  scanlines *self = common->client_data;
  if (level >= 0) return;
  switch (common->err->msg_code) {
  case JWRN_EXTRANEOUS_DATA:
    /* Cameras pad their segments; within and behind the scans it may be picture. */
    if (self->decoder.input_scan_number == 0) return;
    self->damage.extraneous += (uint64_t)common->err->msg_parm.i[0];
    /* Between two scans, or two restarts, nobody writes anything. */
    if (common->err->msg_parm.i[1] != JPEG_EOI) on_wrong_data(self);
    return;
  case JWRN_HUFF_BAD_CODE:
  case JWRN_HIT_MARKER:
  case JWRN_MUST_RESYNC:
  case JWRN_BOGUS_PROGRESSION:
    on_wrong_data(self);
    return;
  default:
    return;
  }
}

/* libjpeg-turbo's fast Huffman decoder is silent about codes that do not exist; the one
 * that names them is used where less than 512 bytes a block are at hand. */
enum { PIECE = 512 };

static void source_begin(j_decompress_ptr decoder) { (void)decoder; }

static boolean source_more(j_decompress_ptr decoder) {
  static const uint8_t end[2] = {0xFF, JPEG_EOI};
  scanlines *self = decoder->client_data;
  size_t length = self->rest_length < PIECE ? self->rest_length : PIECE;
  self->source.next_input_byte = length ? self->rest : end;
  self->source.bytes_in_buffer = length ? length : sizeof end;
  if (!length) self->damage.cut_off = 1;
  self->rest += length;
  self->rest_length -= length;
  return TRUE;
}

static void source_skip(j_decompress_ptr decoder, long count) {
  scanlines *self = decoder->client_data;
  while (count > (long)self->source.bytes_in_buffer) {
    count -= (long)self->source.bytes_in_buffer;
    source_more(decoder);
  }
  self->source.next_input_byte += count > 0 ? count : 0;
  self->source.bytes_in_buffer -= (size_t)(count > 0 ? count : 0);
}

static void source_set(scanlines *self, const uint8_t *jpeg, size_t length) {
  self->rest = jpeg;
  self->rest_length = length;
  self->source.init_source = source_begin;
  self->source.fill_input_buffer = source_more;
  self->source.skip_input_data = source_skip;
  self->source.resync_to_restart = jpeg_resync_to_restart;
  self->source.term_source = source_begin;
  self->decoder.src = &self->source;
}

static void on_progress(j_common_ptr common) {
  scanlines *self = common->client_data;
  if (self->decoder.input_scan_number > self->scan_limit) {
    snprintf(self->message, sizeof self->message, "more than %d scans", self->scan_limit);
    longjmp(self->failed, 1);
  }
}

void kanso_scanlines_close(scanlines *self) {
  jpeg_destroy_decompress(&self->decoder);
  free(self);
}

const char *kanso_scanlines_message(const scanlines *self) { return self->message; }

/* What was wrong so far. After the last row it reads on to the end of the picture, where
 * data that no pixel came of is noticed; a file that is odd behind it lost nothing. */
void kanso_scanlines_damage(scanlines *self, damage *out) {
  struct jpeg_decompress_struct *decoder = &self->decoder;
  if (!setjmp(self->failed)) {
    if (decoder->output_height > 0 && decoder->output_scanline >= decoder->output_height)
      jpeg_finish_decompress(decoder);
  }
  *out = self->damage;
}

static int prepare(scanlines *self) {
  if (setjmp(self->failed)) return -1;
  /* Keeps err and client_data and clears the rest. */
  jpeg_create_decompress(&self->decoder);
  self->progress.progress_monitor = on_progress;
  self->decoder.progress = &self->progress;
  return 0;
}

scanlines *kanso_scanlines_new(void) {
  scanlines *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->decoder.err = jpeg_std_error(&self->errors);
  self->decoder.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  if (prepare(self) == 0) return self;
  kanso_scanlines_close(self);
  return NULL;
}

/* Starts a decode at 1/reduction with `channels` samples a pixel: 1 grey, 3 RGB, 4 CMYK.
 * part: in, the wanted x, y, width, height in reduced pixels (width 0: everything);
 * out, what will come: at least those columns. Returns 0, or -1 with a message. */
int kanso_scanlines_start(scanlines *self, const uint8_t *jpeg, size_t length,
                          int reduction, int channels, long memory_limit, int scan_limit,
                          uint32_t part[4]) {
  struct jpeg_decompress_struct *decoder = &self->decoder;
  if (setjmp(self->failed)) return -1;
  self->scan_limit = scan_limit;
  decoder->mem->max_memory_to_use = memory_limit;
  source_set(self, jpeg, length);
  jpeg_read_header(decoder, TRUE);
  decoder->scale_num = 1;
  decoder->scale_denom = (unsigned)reduction;
  decoder->out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(decoder);
  JDIMENSION mcu_width = (JDIMENSION)(decoder->max_h_samp_factor * DCTSIZE);
  self->damage.mcus = (uint64_t)decoder->total_iMCU_rows *
                      ((decoder->image_width + mcu_width - 1) / mcu_width);
  if (decoder->output_components != channels) {
    snprintf(self->message, sizeof self->message, "%d channels came instead of %d",
             decoder->output_components, channels);
    return -1;
  }
  JDIMENSION whole_width = decoder->output_width, whole_height = decoder->output_height;
  if (part[2] == 0 || part[3] == 0 || part[0] >= whole_width || part[1] >= whole_height ||
      part[2] > whole_width - part[0] || part[3] > whole_height - part[1]) {
    part[0] = part[1] = 0;
    part[2] = whole_width;
    part[3] = whole_height;
    return 0;
  }
  /* One more block on either side, so that chroma at the edges is smoothed as inside. */
  JDIMENSION block = (JDIMENSION)(decoder->max_h_samp_factor * decoder->min_DCT_scaled_size);
  JDIMENSION right = part[0] + part[2];
  right = right > whole_width - block || block > whole_width ? whole_width : right + block;
  JDIMENSION x = part[0] / block;
  x = x > 0 ? (x - 1) * block : 0;
  JDIMENSION width = right - x;
  if (width < whole_width) jpeg_crop_scanline(decoder, &x, &width);
  else x = 0;
  if (part[1] > 0) jpeg_skip_scanlines(decoder, part[1]);
  part[0] = x;
  part[2] = decoder->output_width;
  return 0;
}

/* The next `rows` rows. Returns how many were written, or -1 with a message. */
int kanso_scanlines_read(scanlines *self, uint8_t *out, size_t pitch, int rows) {
  struct jpeg_decompress_struct *decoder = &self->decoder;
  volatile int done = 0;
  if (setjmp(self->failed)) return -1;
  while (done < rows && decoder->output_scanline < decoder->output_height) {
    JSAMPROW row = out + pitch * (size_t)done;
    if (jpeg_read_scanlines(decoder, &row, 1) == 0) break;
    done++;
  }
  return done;
}
