package qr_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/qr"
)

func example() producttest.Example {
	return producttest.Example{API: qr.API, Fields: producttest.Values{
		"MerchantName": "TEST SUPERMARKET", "RefNo": "Invoice Test", "Amount": "1", "TrxCode": daraja.QRBuyGoods, "CPI": "373132", "Size": "300",
	}}
}

func TestProduct(t *testing.T) {
	producttest.Run(t, qr.Product, example())
	producttest.Cases(t, qr.Product, example())
}

// The picture is a PNG of the size that was asked for, and a reader finds the fields in it.
func TestPicture(t *testing.T) {
	const want = `{"MerchantName":"TEST SUPERMARKET","RefNo":"Invoice Test","Amount":"1","TrxCode":"BG","CPI":"373132"}`
	for _, size := range []int{120, 300, 999} {
		b, fields := producttest.NewBench(t, qr.Product()), example().Fields
		fields["Size"] = daraja.Text(strconv.Itoa(size))
		r := b.Call(qr.API, "", fields)
		answer, ok := r.Body.(daraja.QRAnswer)
		if !ok {
			t.Fatalf("%d: %v", size, r.Err)
		}
		raw, err := base64.StdEncoding.DecodeString(answer.QRCode)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil || picture.Bounds().Dx() != size || picture.Bounds().Dy() != size {
			t.Fatalf("%d: %v, %v", size, picture.Bounds(), err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := qrcode.NewQRCodeReader().Decode(bitmap, nil); err != nil || got.GetText() != want {
			t.Errorf("%d: %v, %v", size, got, err)
		}
	}
}

// What does not fit into the picture is refused.
func TestTooLong(t *testing.T) {
	for name, n := range map[string]int{"more pixels than Size": 300, "more than any code holds": 5000} {
		b, fields := producttest.NewBench(t, qr.Product()), example().Fields
		fields["MerchantName"], fields["Size"] = daraja.Text(strings.Repeat("x", n)), "60"
		if r := b.Call(qr.API, "", fields); r.Err == nil || !strings.Contains(r.Err.Error(), "raise Size") {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
}
