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

enum { WARN_NONE, WARN_TRUNCATED, WARN_CORRUPT };

typedef struct scanlines {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  int scan_limit;
  int warning;
  char message[JMSG_LENGTH_MAX];
} scanlines;

static void on_error(j_common_ptr common) {
  scanlines *self = common->client_data;
  common->err->format_message(common, self->message);
  longjmp(self->failed, 1);
}

/* Warnings leave pixels; the first one that matters says what is wrong. */
static void on_message(j_common_ptr common, int level) {
  scanlines *self = common->client_data;
  if (level >= 0 || self->warning != WARN_NONE) return;
  switch (common->err->msg_code) {
  case JWRN_EXTRANEOUS_DATA: /* cameras pad their segments; every viewer skips it */
  case JWRN_ADOBE_XFORM:
    return;
  case JWRN_JPEG_EOF:
    self->warning = WARN_TRUNCATED;
    return;
  default:
    self->warning = WARN_CORRUPT;
  }
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

int kanso_scanlines_warning(const scanlines *self) { return self->warning; }

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
  jpeg_mem_src(decoder, jpeg, (unsigned long)length);
  jpeg_read_header(decoder, TRUE);
  decoder->scale_num = 1;
  decoder->scale_denom = (unsigned)reduction;
  decoder->out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(decoder);
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
